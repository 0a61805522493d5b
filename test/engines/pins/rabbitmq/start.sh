#!/bin/sh
# RabbitMQ and its name server from a folder of unpacked packages, in the foreground: start.sh FOLDER PORT PORT PORT
# Debian's own scripts look for Erlang in /usr/lib.
set -eu
folder=$1
erlang=$folder/usr/lib/erlang
erts=$(echo "$erlang"/erts-*)
mkdir -p bin
cat >bin/erl <<ERL
#!/bin/sh
export ROOTDIR=$erlang BINDIR=$erts/bin EMU=beam PROGNAME=erl
exec $erts/bin/erlexec "\$@"
ERL
chmod +x bin/erl
export HOME=$PWD PATH=$PWD/bin:$PATH
export LD_LIBRARY_PATH="$(echo "$folder"/usr/lib/*-linux-*)"
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$2 RABBITMQ_NODENAME=weft@localhost
# With a name server of its own, it knows of no other node of this machine.
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$3 RABBITMQ_DIST_PORT=$4
export RABBITMQ_MNESIA_BASE=$PWD/data RABBITMQ_LOG_BASE=$PWD/log
export RABBITMQ_ENABLED_PLUGINS_FILE=$PWD/plugins RABBITMQ_CONFIG_FILE=$PWD/rabbitmq RABBITMQ_CONF_ENV_FILE=$PWD/none
"$erts"/bin/epmd &
exec "$(echo "$folder"/usr/lib/rabbitmq/lib/rabbitmq_server-*)"/sbin/rabbitmq-server
