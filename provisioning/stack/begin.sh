#!/bin/sh
# What a hub needs before its first start, and the broker's configuration. A repeat harms nothing.
set -eu
umask 077
python -m hub init --data /var/lib/tingxu --hall /etc/tingxu/hall.toml \
  --database postgresql://tingxu@postgresql/tingxu --host "$HUB_HOST" --host 127.0.0.1
python -m provisioning.broker.configuration /var/lib/tingxu/broker > /var/lib/tingxu/broker/mosquitto.conf
