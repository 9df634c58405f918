// ISO 4217 currencies by their number of decimals. A wallet has exactly one currency, chosen when it is
// created. Its amounts are whole minor units of that currency.

/** Decimals of each currency in `currenciesWithTwo`. */
const decimalsOfMost = 2;

const currenciesWithOtherDecimals: Readonly<Record<string, number>> = {
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

const currenciesWithTwo =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU ' +
  'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ' +
  'IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN ' +
  'NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP ' +
  'STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG';

const decimalsByCurrency: ReadonlyMap<string, number> = new Map([
  ...currenciesWithTwo.split(' ').map((code): [string, number] => [code, decimalsOfMost]),
  ...Object.entries(currenciesWithOtherDecimals),
]);

/** Three capital letters of ISO 4217, such as `USD`. */
export type Currency = string;

export const currencyDefault: Currency = 'USD';

export function isCurrency(code: string): boolean {
  return decimalsByCurrency.has(code);
}

/** Every known code, in alphabetical order. The API reference lists them. */
export function currencies(): readonly Currency[] {
  return [...decimalsByCurrency.keys()].sort();
}

/**
 * Decimals of a currency. Throws for an unknown currency: callers check with `isCurrency` at the boundary.
 */
export function decimalsOf(currency: Currency): number {
  const decimals = decimalsByCurrency.get(currency);
  if (decimals === undefined) throw new Error(`unknown currency "${currency}"`);
  return decimals;
}
