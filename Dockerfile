# PostgreSQL with the extension, on the official image:
#
#	docker build --build-arg PG_MAJOR=17 -t postgres-journey .
#	docker run -e POSTGRES_PASSWORD=secret postgres-journey
#
# then, in a database: CREATE EXTENSION journey;
ARG PG_MAJOR=17

FROM postgres:${PG_MAJOR}-bookworm AS build
ARG PG_MAJOR
RUN apt-get update \
	&& apt-get install -y --no-install-recommends gcc libc6-dev make \
		"postgresql-server-dev-${PG_MAJOR}" \
	&& rm -rf /var/lib/apt/lists/*
COPY . /journey
WORKDIR /journey
RUN make clean && make && make install DESTDIR=/stage

FROM postgres:${PG_MAJOR}-bookworm
COPY --from=build /stage/ /
