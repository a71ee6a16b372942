# One image for gateway (api, worker), sandbox and administration; the command decides which.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# optional packages bring another Node and an embedded PostgreSQL: this image has its own Node, the database is elsewhere
RUN npm ci --omit=optional --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
COPY migrations migrations
COPY bench bench
RUN npx nest build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
# keys, trust files and, in the demonstration, the sandbox's world
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 4000
# no shell in between: the program gets SIGTERM itself and ends what is under way
# the small nursery: see "Speed" in docs/operate.md
CMD ["node", "--max-semi-space-size=8", "dist/apps/gateway/src/main.js"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.GONIEC_PORT??4000)+'/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
