# One image for the node and for the demonstration ministries. Its install step is the Makefile's.
FROM python:3.13-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /var/lib/sacbe --shell /usr/sbin/nologin sacbe \
    && install --directory --owner=sacbe --mode=0700 /var/lib/sacbe

WORKDIR /opt/sacbe
COPY . .
RUN python scripts/install.py

ENV PATH=/opt/sacbe/.venv/bin:$PATH \
    SACBE_HOME=/var/lib/sacbe \
    SACBE_HOST=0.0.0.0 \
    SACBE_LOG_FORMAT=json
VOLUME /var/lib/sacbe
USER sacbe
EXPOSE 8080 8081 8443

# The operations listener stays on loopback: only the container itself asks it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9090/healthz', timeout=2)"]

CMD ["sacbe", "serve"]
