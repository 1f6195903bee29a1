"""Delivery to middle and back office over MQTT.

Read in this order: `payload` (what is said), `window` (what is due when; pure), `relay` (outbox to
broker and the acknowledgements back), `session` (the connection), `broker` (a local broker for the
demo and the tests). The protocol is described in `docs/delivery.md`.
"""
