// Compares the currencies with list one of ISO 4217, as its maintenance agency published it after the
// Caribbean guilder (XCG) came and the codes ANG and CUC went. Metals, tests and units without decimals are
// left out.
import { expect, it } from 'vitest';
import { currencies, decimalsOf } from '../../../src/domain/currency.ts';

const listOne: Readonly<Record<number, string>> = {
  0: ['BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'].join(' '),
  2: [
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF',
    'CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ',
    'GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD',
    'MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON',
    'RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS',
    'UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  ].join(' '),
  3: ['BHD IQD JOD KWD LYD OMR TND'].join(' '),
  4: ['CLF UYW'].join(' '),
};

it('knows every currency of ISO 4217 with its decimals, and no other', () => {
  const ours = Object.fromEntries(currencies().map((code) => [code, decimalsOf(code)]));
  const theirs = Object.entries(listOne).flatMap(([decimals, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(decimals)]),
  );
  expect(ours).toEqual(Object.fromEntries(theirs));
});
