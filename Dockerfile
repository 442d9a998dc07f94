FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional
# What sends traces, when they are asked for, in the versions of the lock file.
RUN npm install --no-save --save-prod --omit=dev --omit=optional $(node -p "Object.entries(require('./package.json').peerDependencies).map((one) => one.join('@')).join(' ')")

FROM node:24.21.0-slim
ENV NODE_ENV=production CENR_HOST=0.0.0.0 CENR_PORT=8080 CENR_STORE=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY rules ./rules
COPY openapi ./openapi
COPY bin ./bin
COPY src ./src
RUN mkdir -m 700 /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CENR_PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/cenr.mjs"]
CMD ["serve"]
