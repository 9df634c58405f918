// Moves money with the client that oapi-codegen makes, and prints what the answers say.
package main

import (
	"context"
	"fmt"
	"os"

	"program/wallet"
)

func main() {
	ctx := context.Background()
	client, err := wallet.NewClientWithResponses(os.Args[1])
	must(err)
	id, initial := os.Args[2], "9007199254740993.01"
	made, err := client.CreateWalletWithResponse(ctx, nil, wallet.CreateWallet{
		WalletId: &id, OwnerId: "go", InitialBalance: &initial,
	})
	must(err)
	fmt.Println(made.JSON201.Balance)
	credited, err := client.CreditWalletWithResponse(ctx, id, nil, wallet.Movement{Amount: "0.01"})
	must(err)
	fmt.Println(credited.JSON200.Balance)
	history, err := client.ListWalletEventsWithResponse(ctx, id, nil)
	must(err)
	fmt.Println(len(history.JSON200.Events))
	refused, err := client.DebitWalletWithResponse(ctx, id, nil, wallet.Movement{Amount: "9999999999999999.99"})
	must(err)
	fmt.Println(refused.ApplicationproblemJSON422.Code)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
