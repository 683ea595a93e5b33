import { isHarmless } from "../placeholder.ts";
import { patternRule } from "../rule.ts";

/** The storage emulator's key is the same everywhere (Microsoft's documentation, "Azurite"). */
const emulator = /^Eby8vdM0/;

/** Keys in Azure's connection strings: 64 bytes of a storage account, 32 of Service Bus, Event Hubs and IoT Hub. */
export const azureKey = patternRule({
  name: "azure-key",
  looksLike: "an Azure access key",
  pattern:
    /(?<![A-Za-z])(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z\d+/]{86}==|[A-Za-z\d+/]{43}=)(?![A-Za-z\d+/=])/dg,
  accepts: ({ secret = "" }) => !isHarmless(secret) && !emulator.test(secret),
});
