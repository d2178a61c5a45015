# Junheng in a container: print fonts, wheel and environment are made in stages of their own; what runs has no compiler,
# no package manager's lists and no root. Behind a closed network pass the indexes as build arguments
# (PIP_INDEX_URL for pip, UV_DEFAULT_INDEX for uv, NPM_CONFIG_REGISTRY for npm).
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS fonts
WORKDIR /src
COPY scripts/fetch_fonts.py scripts/
RUN mkdir -p app/static/fonts && python scripts/fetch_fonts.py

FROM python:${PYTHON_VERSION}-slim AS builder
ARG PIP_INDEX_URL
ARG UV_DEFAULT_INDEX
ARG NPM_CONFIG_REGISTRY
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /src
COPY scripts/tools.lock scripts/
RUN python -m pip install --quiet --root-user-action=ignore --require-hashes --requirement scripts/tools.lock
COPY . .
COPY --from=fonts /src/app/static/fonts app/static/fonts
RUN uv build --wheel --build-constraints requirements.lock \
 && uv venv --python "$(command -v python)" /opt/junheng \
 && uv pip install --python /opt/junheng/bin/python --compile-bytecode --constraints requirements.lock dist/*.whl

FROM python:${PYTHON_VERSION}-slim AS runtime
RUN groupadd --gid 10001 junheng \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin junheng \
 && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/junheng
COPY --from=builder /opt/junheng /opt/junheng
ENV PATH=/opt/junheng/bin:$PATH PYTHONUNBUFFERED=1 JUNHENG_DATA_DIR=/var/lib/junheng JUNHENG_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/junheng
VOLUME /var/lib/junheng
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["junheng"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
