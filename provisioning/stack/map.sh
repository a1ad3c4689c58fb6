#!/bin/sh
# Lets InfluxQL find the bucket (DBRP mapping), and makes a token each for the hub and for Grafana. A repeat changes nothing.
set -eu
export INFLUX_HOST=http://influxdb:8086 INFLUX_ORG=hall
INFLUX_TOKEN=$(cat /run/secrets/influx-admin-token)
export INFLUX_TOKEN
bucket=$(influx bucket list --name tingxu --hide-headers | cut -f 1)
influx v1 dbrp list --hide-headers | grep -q "tingxu" ||
  influx v1 dbrp create --db tingxu --rp autogen --bucket-id "$bucket" --default
token() { # what may be done, and for whom
  [ -s "/tokens/$1/$1" ] && return
  influx auth create "--$1-bucket" "$bucket" --description "tingxu $1" --hide-headers | cut -f 3 > "/tokens/$1/$1"
  chown "$2" "/tokens/$1/$1"
  chmod 400 "/tokens/$1/$1"
}
token write 10001
token read 472
