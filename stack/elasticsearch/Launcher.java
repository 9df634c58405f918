// Starts one Elasticsearch node from jars alone, without the distribution's scripts and bootstrap checks.
// Usage: java -Des.path.home=HOME Launcher CONFIG_FOLDER; settings come from CONFIG_FOLDER/elasticsearch.yml.

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

public final class Launcher {
    public static void main(String[] args) throws Exception {
        var home = Settings.builder().put("path.home", System.getProperty("es.path.home")).build();
        var environment = InternalSettingsPreparer.prepareEnvironment(home, Map.of(), Path.of(args[0]), () -> "local");
        LogConfigurator.setNodeName("local");
        LogConfigurator.configure(environment, true);
        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir());
        var node = new Node(environment, PluginsLoader.createPluginsLoader(modules, Set.of(), Map.of(), false));
        node.start();
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
            stopped.countDown();
        }));
        stopped.await();
    }
}
