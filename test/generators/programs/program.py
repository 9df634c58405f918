"""Moves money with the client that openapi-python-client makes, and prints what the answers say."""

import sys

from wallet_service_client import Client
from wallet_service_client.api.wallets import create_wallet, credit_wallet, debit_wallet, list_wallet_events
from wallet_service_client.models import CreateWallet, Movement

client = Client(base_url=sys.argv[1])
wallet_id = sys.argv[2]
made = create_wallet.sync(
    client=client,
    body=CreateWallet(wallet_id=wallet_id, owner_id="python", initial_balance="9007199254740993.01"),
)
print(made.balance)
print(credit_wallet.sync(wallet_id, client=client, body=Movement(amount="0.01")).balance)
print(len(list_wallet_events.sync(wallet_id, client=client).events))
print(debit_wallet.sync(wallet_id, client=client, body=Movement(amount="9999999999999999.99")).code)
