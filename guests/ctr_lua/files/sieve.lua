-- SPDX-License-Identifier: MIT
-- How many primes there are up to n.
return function(n)
  local composite, count = {}, 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count
end
