FROM python:3.13-slim
WORKDIR /app
ENV PYTHONPATH=/app/packages PYTHONUNBUFFERED=1
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --target /app/packages -r /tmp/requirements.txt
COPY . /app
USER 999:999
CMD ["python3", "-m", "weather"]
