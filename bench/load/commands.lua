-- One load for wrk, which bench/load/wrk.ts starts with one thread and these arguments:
-- operation, prefix of the Idempotency-Keys, number of the first wallet, number of wallets, requests per second
-- (0: as fast as the answers come), seed, API key. Amounts are those of bench/load/load.ts.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long us; } bench_time; int gettimeofday(bench_time *now, void *zone);")

local operation, prefix, first, count, rate
local sent = 0
local head

-- A generator that fell behind, because every connection waits, does not make up for more than this.
local catch_up_max_ms = 100

local now = ffi.new("bench_time")
local function now_ms()
  ffi.C.gettimeofday(now, nil)
  return tonumber(now.s) * 1000 + tonumber(now.us) / 1000
end

local next_ms
local function paced()
  local time = now_ms()
  next_ms = math.max((next_ms or time) + 1000 / rate, time - catch_up_max_ms)
  return math.max(0, math.floor(next_ms - time + 0.5))
end

function init(args)
  operation, prefix = args[1], args[2]
  first, count, rate = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  math.randomseed(tonumber(args[6]))
  head = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nAuthorization: Bearer " .. args[7] ..
    "\r\nContent-Type: application/json\r\nIdempotency-Key: "
  if rate > 0 then delay = paced end
end

local function post(path, key, body)
  return "POST " .. path .. head .. key .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function request()
  sent = sent + 1
  local key = prefix .. "-" .. sent
  if operation == "create" then
    return post("/wallets", key, '{"walletId":"' .. key .. '","ownerId":"owner-1","initialBalance":100.00}')
  end
  local from = math.random(0, count - 1)
  local path = "/wallets/w-" .. (first + from) .. "/" .. operation
  if operation ~= "transfer" then return post(path, key, '{"amount":1.00,"description":"bench"}') end
  local to = (from + math.random(1, count - 1)) % count
  return post(path, key, '{"toWalletId":"w-' .. (first + to) .. '","amount":1.00,"description":"bench"}')
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"refused":%d,"failed":%d,"p50Us":%d,"p95Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
