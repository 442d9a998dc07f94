/** A function for each media type of a body, and the address of the service when it is known. */
export default {
  cenr: {
    input: '../../../openapi/openapi.json',
    output: {
      target: 'generated/api.ts',
      client: 'fetch',
      baseUrl: { runtime: 'process.argv[2]' },
      override: { splitByContentType: true },
    },
  },
};
