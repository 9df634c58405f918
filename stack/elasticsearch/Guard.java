// Lets only the stack's own clients in. Elasticsearch calls it before it runs any REST request. A request needs
// the name and the password of this installation and a local Host. A page in a browser also sends an Origin,
// which is always refused. The free jars have no security of their own.
package org.elasticsearch.xpack.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Set;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.interceptor.RestServerActionPlugin;
import org.elasticsearch.rest.RestInterceptor;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

public final class Guard extends Plugin implements RestServerActionPlugin {
    private static final Set<String> LOCAL = Set.of("127.0.0.1", "localhost", "[::1]");
    private final byte[] expected;

    /** The file "guard" in the configuration holds "name:password". */
    public Guard(Settings settings, Path configuration) throws IOException {
        var credentials = Files.readString(configuration.resolve("guard")).strip();
        var encoded = Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        expected = ("Basic " + encoded).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public RestInterceptor getRestHandlerInterceptor(ThreadContext threadContext) {
        return (request, channel, handler, listener) -> {
            var refusal = refusalOf(request);
            if (refusal == null) {
                listener.onResponse(Boolean.TRUE);
                return;
            }
            channel.sendResponse(new RestResponse(refusal, RestResponse.TEXT_CONTENT_TYPE, refusal + "\n"));
            listener.onResponse(Boolean.FALSE);
        };
    }

    private RestStatus refusalOf(RestRequest request) {
        if (request.header("Origin") != null) return RestStatus.FORBIDDEN;
        var host = request.header("Host");
        if (host == null || !LOCAL.contains(host.replaceFirst(":\\d+$", ""))) return RestStatus.FORBIDDEN;
        var given = request.header("Authorization");
        var same = given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected);
        return same ? null : RestStatus.UNAUTHORIZED;
    }
}
