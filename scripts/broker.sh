# shellcheck shell=sh
# shellcheck disable=SC2154  # work and processes come from the script that sources this
# The demo's broker and observer: started, waited for, and ended. Waits look for the event itself,
# up to 20 seconds. Sourced; needs $work (a folder) and $processes (ids to end, a list of words).

free_number() {
    echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 40000))
}

# is_running PID: not gone, and not a zombie that only waits to be collected.
is_running() {
    kill -0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# wait_for FILE PATTERN WHAT [PID]: until the file has such a line; stops when PID ends before.
wait_for() {
    tries=0
    until grep -qs "$2" "$1"; do
        if [ $tries -ge 400 ]; then
            stop "waited 20 s in vain for $3; what there is: $(tail -n 20 "$1" 2>/dev/null)"
        fi
        if [ -n "${4:-}" ] && ! is_running "$4" && ! grep -qs "$2" "$1"; then
            stop "the program ended before $3; its words: $(tail -n 20 "$1" 2>/dev/null)"
        fi
        tries=$((tries + 1))
        sleep 0.05 # between two looks
    done
}

# wait_for_more PATTERN COUNT PID FILE: until the broker's log has more than COUNT such lines; FILE
# is what the program PID says, should it end before.
wait_for_more() {
    tries=0
    while [ "$(grep -c "$1" "$work/broker.log")" -le "$2" ]; do
        if [ $tries -ge 400 ] || ! is_running "$3"; then
            stop "the broker did not say \"$1\"; the client's words: $(cat "$4")"
        fi
        tries=$((tries + 1))
        sleep 0.05 # between two looks
    done
}

stop_process() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

clean_up() {
    for process in $processes; do
        stop_process "$process"
    done
    cd /
    rm -rf "$work"
}

# TLS options of one listener: PORT NAME
listener() {
    echo "listener $1 127.0.0.1"
    echo "cafile $work/root/ca.pem"
    echo "certfile $work/broker/$2.chain.pem"
    echo "keyfile $work/broker/$2.key"
    echo "require_certificate true"
    echo "use_identity_as_username true"
}

# Three listeners: $port with the broker's certificate, $other_port with one for another host,
# $plain_port without TLS, for `handfast listen`. A port that is taken makes mosquitto end at once: then others are tried.
start_broker() {
    attempts=0
    while [ $attempts -lt 20 ]; do
        port=$(free_number)
        other_port=$((port + 1))
        plain_port=$((port + 2))
        {
            # As root it would change to a user that cannot read the temporary folder.
            [ "$(id -u)" != 0 ] || echo "user root"
            echo "log_dest stderr"
            echo "log_type all"
            echo "allow_anonymous true" # the certificate is what lets a client in
            echo "persistence false"
            listener "$port" broker.example
            listener "$other_port" other.example
            echo "listener $plain_port 127.0.0.1"
        } >"$work/mosquitto.conf"
        mosquitto -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 </dev/null &
        broker=$!
        processes="$processes $broker"
        until grep -qs 'mosquitto version .* running' "$work/broker.log"; do
            is_running "$broker" || break
            sleep 0.05 # between two looks
        done
        if is_running "$broker"; then
            return 0
        fi
        grep -qs 'in use' "$work/broker.log" || break
        attempts=$((attempts + 1))
    done
    stop "mosquitto does not start: $(cat "$work/broker.log")"
}

# start_observer TOPIC FILE: a mosquitto_sub of its own, writing to FILE, ready when this returns.
start_observer() {
    : >"$2"
    subscribed=$(grep -c 'Sending SUBACK to observer' "$work/broker.log" || true)
    mosquitto_sub -h 127.0.0.1 -p "$port" -t "$1" -q 1 -i observer --cafile root/ca.pem \
        --cert observer/observer.chain.pem --key observer/observer.key >"$2" 2>&1 </dev/null &
    observer=$!
    processes="$processes $observer"
    wait_for_more 'Sending SUBACK to observer' "$subscribed" "$observer" "$2"
}

# `handfast listen` in front of the broker, with the registry devices.txt; ready on $listen_port when
# this returns.
start_listen() {
    say "  \$ handfast listen 127.0.0.1:0 --cert broker/broker.example.chain.pem \
--key broker/broker.example.key --client-ca root/ca.pem --registry devices.txt \
--forward 127.0.0.1:$plain_port"
    handfast listen 127.0.0.1:0 --cert broker/broker.example.chain.pem \
        --key broker/broker.example.key --client-ca root/ca.pem --registry devices.txt \
        --forward "127.0.0.1:$plain_port" >"$work/listen.out" 2>"$work/listen.log" </dev/null &
    listen=$!
    processes="$processes $listen"
    wait_for "$work/listen.out" '^listening on ' "handfast listen" "$listen"
    # shellcheck disable=SC2034  # for the script that sources this
    listen_port=$(sed -n 's/^listening on .*://p' "$work/listen.out")
    sed 's/^/    /' "$work/listen.out"
}
