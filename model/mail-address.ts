/** E-mail addresses as they stand in a variable: one, or several with commas between. */

/** What every mail server takes (RFC 5321, section 4.1.2, without quoted parts). */
const address = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/;

/** The addresses of a text; undefined where one of them is none. */
export function mailAddresses(text: string): string[] | undefined {
  const all = text.split(",").map((part) => part.trim());
  return all.every((one) => address.test(one)) ? all : undefined;
}
