# SPDX-License-Identifier: Apache-2.0
# Two stages: the Swift toolchain builds, and only the binary and the libraries it links stay.
#
#   docker build -t creance .
#   docker run --read-only --cap-drop ALL -v creance:/var/lib/creance -v ./creance.yaml:/etc/creance/creance.yaml:ro \
#       -p 127.0.0.1:2801:2801 creance
#
# scripts/image builds and runs the same file where there is no Docker engine.

FROM docker.io/library/swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        pkg-config libgrpc-dev libprotobuf-c-dev libsimdjson-dev libre2-dev libzstd-dev zlib1g-dev libssl-dev libsqlite3-dev libmaxminddb-dev \
        librdkafka-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN swift build -c release --product creance --static-swift-stdlib \
    && install -D -m 0755 "$(swift build -c release --show-bin-path)/creance" /out/usr/bin/creance \
    && strip /out/usr/bin/creance

FROM docker.io/library/debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libgrpc29 libmaxminddb0 libprotobuf-c1 librdkafka1 libre2-9 libsimdjson14 libsqlite3-0 libssl3 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/creance /run/creance
COPY --from=build /out/ /
ENV HOME=/var/lib/creance
USER 65532:65532
WORKDIR /var/lib/creance
VOLUME ["/var/lib/creance", "/run/creance"]
EXPOSE 2801
ENTRYPOINT ["/usr/bin/creance"]
CMD ["run", "-c", "/etc/creance/creance.yaml"]
