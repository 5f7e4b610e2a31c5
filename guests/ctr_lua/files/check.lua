-- SPDX-License-Identifier: MIT
-- Uses of the language and of its libraries whose results are known; each that differs is told.
local failed = 0
local function check(what, got, want)
  if got ~= want then
    failed = failed + 1
    print(what .. ": found " .. tostring(got) .. ", expected " .. tostring(want))
  end
end

check("integers", 7 // 2 * 10 + 2 ^ 10 // 1 | 0, 1054)
check("floats", string.format("%.10f", math.pi), "3.1415926536")
check("text", ("hello world"):gsub("o", "0"):upper(), "HELL0 W0RLD")
check("pattern", ("key = value"):match("^(%w+)%s*=%s*%w+$"), "key")
check("error", select(2, pcall(error, "thrown")), "thrown")
check("primes", require("sieve")(20000), 2262)

local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = word end
table.sort(words)
check("sorted", table.concat(words, " "), "brown dog fox jumps lazy over quick the the")

local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
check("coroutine", co() + co() + co(), 14)

local f = assert(io.open("/tmp/table.txt", "w"))
for i = 1, 1000 do f:write(i, " ", i * i, "\n") end
f:close()
local sum = 0
for line in io.lines("/tmp/table.txt") do sum = sum + tonumber(line:match(" (%d+)")) end
check("file", sum, 333833500)
check("rename", os.rename("/tmp/table.txt", "/tmp/other.txt"), true)
check("read-only", io.open("/check.lua", "w"), nil)
check("remove", os.remove("/tmp/other.txt"), true)
check("environment", os.getenv("LUA_PATH"), "/?.lua")
check("clock", os.time() > 1700000000 and os.clock() >= 0, true)

local keep = {}
for i = 1, 20000 do keep[i % 100] = ("x"):rep(i % 500) end
collectgarbage()
check("memory", collectgarbage("count") < 1000, true)
local big = pcall(function() return ("x"):rep(100 * 1024 * 1024) end)
check("limit", big, false)

print(_VERSION .. ": " .. (failed == 0 and "PASS" or failed .. " failed"))
os.exit(failed == 0 and 54 or 1)
