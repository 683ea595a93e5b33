/** The service over gRPC, on a socket, and go-plugin's own call beside it: Shutdown. */
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { Certificate } from "../../x509/self-signed.ts";
import { calls } from "./messages.ts";
import { type Decoded, decode, encode, type Message } from "./protobuf.ts";
import type { Service } from "./service.ts";

/** As much as Terraform itself accepts. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

/** The two certificates of automatic mutual TLS. */
export interface MutualTls {
  readonly own: Certificate;
  /** Terraform's, in PEM: nobody without its key gets in. */
  readonly client: string;
}

/**
 * Listens on a socket; resolves once Terraform can connect.
 *
 * @param onShutdown is called when Terraform has said that it needs the provider no longer, and has been answered
 */
export async function listen(
  service: Service,
  socket: string,
  tls: MutualTls | undefined,
  onShutdown: () => void,
): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": LARGEST_MESSAGE,
    "grpc.enable_channelz": 0,
  });

  for (const name of Object.keys(calls) as (keyof Service)[]) {
    const { request, response } = calls[name];
    unary(server, `/tfplugin6.Provider/${name}`, request, response, service[name] as Run<Message, Message>);
  }
  unary(server, "/plugin.GRPCController/Shutdown", {}, {}, async () => {
    setImmediate(() => server.tryShutdown(onShutdown));
    return {};
  });

  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          Buffer.from(tls.client),
          [{ private_key: Buffer.from(tls.own.key), cert_chain: Buffer.from(tls.own.pem) }],
          true,
        );
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error === null ? resolve() : reject(error))),
  );
}

type Run<Request extends Message, Response extends Message> = (
  request: Decoded<Request>,
) => Promise<Decoded<Response>>;

/** One request, one response. */
function unary<Request extends Message, Response extends Message>(
  server: Server,
  path: string,
  request: Request,
  response: Response,
  run: Run<Request, Response>,
): void {
  server.register<Decoded<Request>, Decoded<Response>>(
    path,
    async (call: { readonly request: Decoded<Request> }, callback: Callback<Decoded<Response>>) => {
      try {
        callback(null, await run(call.request));
      } catch (error) {
        callback({ code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) });
      }
    },
    (value) => encode(response, value),
    (bytes) => decode(request, bytes),
    "unary",
  );
}

type Callback<T> = (error: { readonly code: status; readonly details: string } | null, value?: T) => void;
