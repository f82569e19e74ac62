# Dunlin's two programs in one image: `dunlin` (command line, API, migrate) and `worker`.
# Pin all three bases by digest before you go live: docker buildx imagetools inspect IMAGE.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ENV CGO_ENABLED=0 GOFLAGS=-mod=readonly
RUN go build -trimpath -ldflags='-s -w' -o /out/dunlin ./starter \
 && go build -trimpath -ldflags='-s -w' -o /out/worker ./worker

# Only for the health checks: the image below has no shell and no client of its own.
FROM busybox:1.37.0-musl AS probe

FROM gcr.io/distroless/static-debian12:nonroot
COPY LICENSE /LICENSE
COPY --from=probe --chmod=0555 /bin/wget /usr/bin/wget
COPY --from=build --chmod=0555 /out/dunlin /out/worker /usr/local/bin/
USER nonroot:nonroot
ENTRYPOINT ["/usr/local/bin/dunlin"]
CMD ["help"]
