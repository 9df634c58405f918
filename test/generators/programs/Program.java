import java.math.BigDecimal;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.WalletsApi;
import org.openapitools.client.model.CreateWallet;
import org.openapitools.client.model.Movement;

/** Moves money with the client that OpenAPI Generator makes, and prints what the answers say. */
public class Program {
  public static void main(String[] args) throws ApiException {
    ApiClient client = new ApiClient();
    client.updateBaseUri(args[0]);
    WalletsApi wallets = new WalletsApi(client);
    String id = args[1];
    CreateWallet make = new CreateWallet().walletId(id).ownerId("java").initialBalance(new BigDecimal("9007199254740993.01"));
    System.out.println(wallets.createWallet(make, null).getBalance());
    System.out.println(wallets.creditWallet(id, new Movement().amount(new BigDecimal("0.01")), null, null).getBalance());
    System.out.println(wallets.listWalletEvents(id, null, null, null).getEvents().size());
    try {
      wallets.debitWallet(id, new Movement().amount(new BigDecimal("9999999999999999.99")), null, null);
    } catch (ApiException refused) {
      System.out.println(refused.getResponseBody().replaceAll(".*\"code\":\"(\\w+)\".*", "$1"));
    }
  }
}
