/** Surveys of extracts for all routes that need one; what is under way when the service stops is given up. */
import fp from 'fastify-plugin';
import { Surveys } from '../extracts/surveys.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly surveys: Surveys;
  }
}

export default fp(
  async (app) => {
    const surveys = new Surveys(app);
    app.decorate('surveys', surveys);
    app.addHook('preClose', async () => surveys.stop());
    app.addHook('onClose', async () => surveys.idle());
  },
  { name: 'surveys', dependencies: ['config', 'store', 'explanations', 'jobs'] },
);
