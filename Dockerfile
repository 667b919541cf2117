# The official Airflow image with this project: `pipeline` is what production runs;
# `localcloud` adds the stand-in for AWS.
FROM apache/airflow:3.3.2-python3.12 AS pipeline

COPY --chown=airflow:0 requirements.txt requirements.lock /opt/imaging/
# uv checks the lock's hashes although it is given as a constraint; pip cannot
RUN uv pip install --no-cache --compile-bytecode --verify-hashes \
      --requirement /opt/imaging/requirements.txt \
      --constraint /opt/imaging/requirements.lock \
 && airflow version \
 && python -c "import aiobotocore, asyncpg, psycopg2, pydicom"

COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 dags /opt/airflow/dags
ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins
# named volumes take owner and mode of what they are mounted on; the group is that of any user
RUN mkdir -p /opt/airflow/auth && chmod 0770 /opt/airflow/auth


FROM pipeline AS localcloud

COPY --chown=airflow:0 requirements-dev.txt /opt/imaging/
RUN sed -n '/^# the local cloud$/,/^$/p' /opt/imaging/requirements-dev.txt \
      > /opt/imaging/requirements-localcloud.txt \
 && uv pip install --no-cache --compile-bytecode --verify-hashes \
      --requirement /opt/imaging/requirements-localcloud.txt \
      --constraint /opt/imaging/requirements.lock \
 && python -c "import imagecodecs, moto.server, regex" \
 && mkdir -p /opt/airflow/localcloud && chmod 0770 /opt/airflow/localcloud
