import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** mongo-java-server on loopback. The driver refuses the wire version it gives by itself. */
public final class MongoEngine {
  public static void main(String[] arguments) throws Exception {
    MongoVersion version =
        new MongoVersion() {
          @Override
          public List<Integer> getVersionArray() {
            return List.of(6, 0, 0, 0);
          }

          @Override
          public int getWireVersion() {
            return 17;
          }
        };
    MongoServer server = new MongoServer(new MemoryBackend().version(version));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    Thread.currentThread().join();
  }
}
