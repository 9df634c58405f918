# One image for the API, the worker, the migrations and the guard of the Temporal Web UI. It holds the TypeScript
# sources, because Node.js strips the types itself. docker-compose.yml says which of them a container runs, and how its
# health is checked.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package of this image needs its install script. Without scripts, the package "node" does not download a second
# Node.js of 120 MB.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY src src
COPY server server
COPY worker worker
COPY cli cli
COPY console console
COPY stack stack
RUN ln -s /app/cli/wallet.ts /usr/local/bin/wallet
USER node
EXPOSE 3000 3001
CMD ["node", "server/main.ts"]
