/**
 * What never runs stays out of each bundle, since parsing is a third of a start: zod's messages in forty languages, and
 * the reader of .proto files that only gRPC's own diagnostics use.
 *
 * @type {import("esbuild").Plugin}
 */
export const leaveOut = {
  name: "leave-out",
  setup(bundle) {
    const unused = /\/zod\/v4\/locales\/index\.js$|\/@grpc\/proto-loader\/.*\.js$/;
    bundle.onLoad({ filter: unused }, () => ({ contents: "" }));
  },
};
