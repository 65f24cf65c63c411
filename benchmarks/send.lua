-- wrk: sends to known users (nine in ten) and new ones (one in ten), each with its own token.
local authorization = os.getenv("BENCH_AUTHORIZATION")
local project = os.getenv("BENCH_PROJECT")
local known = tonumber(os.getenv("BENCH_KNOWN"))
local thread_number = 0
local fresh, refused = 0, 0

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

function init()
  math.randomseed(os.time() + number * 7919)
  prefix = os.time() .. "-" .. number .. "-"
end

function request()
  local user, token
  if math.random(10) == 1 then
    fresh = fresh + 1
    user = "new-" .. prefix .. fresh
    token = string.format("%022d", fresh + number * 1000000) .. ":APA91b" .. user
  else
    local n = math.random(known)
    user, token = "known-" .. n, string.format("%022d", n) .. ":APA91bknown"
  end
  local body = '{"type_id":101,"project_id":' .. project .. ',"client_user_id":"' .. user ..
    '","app_push_token":"' .. token .. '","data":{"order":"A-1"}}'
  return wrk.format("POST", "/v1/app-push/send/system",
    {["Authorization"] = authorization, ["Content-Type"] = "application/json"}, body)
end

function done(summary, latency, requests)
  io.write(string.format('RESULT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
