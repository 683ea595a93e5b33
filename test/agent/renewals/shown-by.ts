/** The certificate that a new connection is shown, whoever signed it. */
import { connect, type TLSSocket } from "node:tls";

/** Its serial number. */
export async function shownBy(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const connection = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () =>
      resolve(connection),
    );
    connection.on("error", reject);
  });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
