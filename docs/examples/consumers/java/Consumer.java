// A consumer of actions in Java. docs/consuming.md explains every step.
// It runs from its source: kairos conformance -- java -cp "JARS/*" Consumer.java, with kafka-clients and jackson-databind among the JARS.
import static org.apache.kafka.clients.consumer.ConsumerConfig.*;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Consumer {
    record Held(long due, TopicPartition place, long offset, long end, long expires, UUID decision) {}

    static final long HOLD = (long) (Double.parseDouble(System.getenv("KAIROS_HOLD")) * 1000);
    static final Path STATE = Path.of(System.getenv("KAIROS_STATE")), OUT = Path.of(System.getenv("KAIROS_OUT"));

    /** Whether it was still open; from now on it is not. In production: INSERT into a table with a unique key. */
    static boolean finish(UUID decision) throws java.io.IOException {
        try {
            Files.createFile(STATE.resolve(decision.toString()));
            return true;
        } catch (FileAlreadyExistsException problem) {
            return false;
        }
    }

    /** Your provider's call goes here, then the receipt message_sent to `events`. */
    static void deliver(UUID decision) throws java.io.IOException {
        Files.writeString(OUT, decision + "\n", StandardOpenOption.APPEND);
    }

    public static void main(String[] arguments) throws Exception {
        var json = new ObjectMapper();
        List<Held> held = new ArrayList<>(); // what has been read and not delivered yet
        Map<TopicPartition, OffsetAndMetadata> stored = Map.of();
        var consumer = new KafkaConsumer<>(
                Map.<String, Object>of(BOOTSTRAP_SERVERS_CONFIG, System.getenv("KAIROS_BROKERS"), GROUP_ID_CONFIG, System.getenv("KAIROS_GROUP"),
                        ISOLATION_LEVEL_CONFIG, "read_committed", ENABLE_AUTO_COMMIT_CONFIG, false, AUTO_OFFSET_RESET_CONFIG, "earliest",
                        SESSION_TIMEOUT_MS_CONFIG, 6000, HEARTBEAT_INTERVAL_MS_CONFIG, 2000),
                new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(System.getenv("KAIROS_TOPIC")));
        while (true) {
            var polled = consumer.poll(Duration.ofMillis(200));
            var ends = polled.isEmpty() ? Map.<TopicPartition, Long>of() : consumer.endOffsets(polled.partitions());
            for (var record : polled) {
                var place = new TopicPartition(record.topic(), record.partition());
                try {
                    JsonNode body = json.readTree(record.value());
                    var decision = UUID.fromString(body.required("decision_id").textValue());
                    var kind = body.path("kind").asText("action");
                    if (kind.equals("recall")) finish(decision);
                    else if (kind.equals("action") && !body.required("content").has("sha256") && body.required("expires_at").isIntegralNumber())
                        held.add(new Held(System.currentTimeMillis() + HOLD, place, record.offset(), ends.get(place), body.get("expires_at").asLong(), decision));
                    else throw new IllegalArgumentException("not an action that can be delivered: " + kind);
                } catch (RuntimeException | java.io.IOException problem) { // whatever it is, one record must not stop all others
                    System.out.println("set aside " + place + " offset " + record.offset() + ": " + problem.getClass().getSimpleName()); // a parser quotes what it read
                }
            }
            held.removeIf(each -> !consumer.assignment().contains(each.place())); // a rebalance gave the others away, with what is held of them
            for (var each : List.copyOf(held)) {
                if (System.currentTimeMillis() < each.due() || consumer.position(each.place()) < each.end()) continue;
                held.remove(each);
                if (System.currentTimeMillis() < each.expires() && finish(each.decision())) deliver(each.decision());
            }
            Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
            for (var place : consumer.assignment())
                first.put(place, new OffsetAndMetadata(held.stream().filter(each -> each.place().equals(place)).mapToLong(Held::offset).min().orElse(consumer.position(place))));
            if (first.equals(stored)) continue;
            try {
                consumer.commitSync(first);
                stored = first;
            } catch (KafkaException problem) { // a rebalance: what is not committed is read again, and `finish` knows it
                System.out.println("not committed: " + problem);
            }
        }
    }
}
