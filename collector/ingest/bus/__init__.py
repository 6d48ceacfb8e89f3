"""How do deliveries come in over a bus? NATS JetStream or Kafka; the same intake as HTTP behind both."""
