# The tour app, without the lab that measures it: docker build -f deploy/tourapp.Dockerfile -t tourapp .
#
# BASE is any image with Python 3.11 or later, pip and coreutils; name it by digest for builds that repeat.
# pip asks wherever the base's /etc/pip.conf says: a mirror, or a folder of wheels where there is no network.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements/tourapp.txt /build/requirements.txt
RUN python -m venv --without-pip /opt/tourapp \
 && python -m pip --python /opt/tourapp/bin/python install \
    --no-cache-dir --only-binary=:all: --require-hashes --requirement /build/requirements.txt

FROM ${BASE}
# A number, so that an orchestrator can see that it is not root's.
RUN install -d -o 10001 -g 10001 /data
COPY --from=build /opt/tourapp /opt/tourapp
COPY tourapp /srv/tourapp
ENV PATH=/opt/tourapp/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv
USER 10001:10001
# What must survive the container; all else may be read-only, but for a /tmp.
VOLUME /data
EXPOSE 8000
# The first start writes the catalogue before it answers.
HEALTHCHECK --start-period=60s --interval=5s --timeout=4s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=3); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
# No shell in between: SIGTERM reaches the app, which finishes the requests at hand and exits 0.
ENTRYPOINT ["python", "-m", "tourapp", "--host", "0.0.0.0", "--port", "8000", "--database", "/data/tours.sqlite", "--media", "/data/media"]
CMD ["--workers", "2"]
