# One image for the API, the worker and the migrations: sources as they are, since Node.js strips the types itself.
# Which of the three a container runs, and how its health is checked, is said in docker-compose.yml.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nothing that is needed here runs a script when it is installed; the package "node", which would bring a second
# Node.js of 120 MB, does.
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
RUN ln -s /app/cli/wallet.ts /usr/local/bin/wallet
USER node
EXPOSE 3000 3001
CMD ["node", "server/main.ts"]
