// Printed tensors against numpy.array2string of NumPy 2.4.6, whose output the table holds.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "io/read.hpp"
#include "io/write.hpp"

namespace tconv::io {
namespace {

struct Row {
  std::string name{};
  std::string tensor{};  // as read_tensor takes it
  std::string printed{};
  std::optional<DType> dtype{};  // of the printed tensor, where the text does not say
  TextOptions options{};
};

// clang-format off
const Row kRows[] = {
    {"the readme example",
     R"({"dtype":"float32","data":[[0.0,0.0,1.0],[0.0,4.0,6.0],[4.0,12.0,9.0]]})",
     R"([[ 0.  0.  1.]
 [ 0.  4.  6.]
 [ 4. 12.  9.]])"},
    {"one number",
     R"({"dtype":"float32","data":[1.5]})",
     R"([1.5])"},
    {"a scalar",
     R"({"dtype":"float32","data":3.5})",
     R"(3.5)"},
    {"a negative scalar",
     R"({"dtype":"float64","data":-2.0})",
     R"(-2.)"},
    {"a large scalar keeps the point",
     R"({"dtype":"float64","data":1e+16})",
     R"(1.e+16)"},
    {"an integer scalar",
     R"({"dtype":"int32","data":7})",
     R"(7)"},
    {"a bool scalar",
     R"({"dtype":"bool","data":true})",
     R"(True)"},
    {"no elements",
     R"({"dtype":"float32","data":[]})",
     R"([])"},
    {"rows without elements",
     R"({"dtype":"float32","data":[[],[]]})",
     R"([])"},
    {"negative numbers widen every column",
     R"({"dtype":"float32","data":[[1.0,-2.0],[3.25,4.0]]})",
     R"([[ 1.   -2.  ]
 [ 3.25  4.  ]])"},
    {"unequal digits are padded",
     R"({"dtype":"float64","data":[0.1,0.25,100.0]})",
     R"([  0.1    0.25 100.  ])"},
    {"thirds of float32",
     R"({"dtype":"float32","data":[0.33333334,0.6666667]})",
     R"([0.33333334 0.6666667 ])"},
    {"thirds of float64 stop at 8 digits",
     R"({"dtype":"float64","data":[0.3333333333333333,0.6666666666666666]})",
     R"([0.33333333 0.66666667])"},
    {"thirds of float16",
     R"({"dtype":"float16","data":[0.3333,0.6665]})",
     R"([0.3333 0.6665])"},
    {"pi in float32",
     R"({"dtype":"float32","data":[3.1415927]})",
     R"([3.1415927])"},
    {"rounding at the eighth digit",
     R"({"dtype":"float64","data":[0.123456785,0.123456795]})",
     R"([0.12345678 0.12345679])"},
    {"minus zero",
     R"({"dtype":"float32","data":[0.0,-0.0]})",
     R"([ 0. -0.])"},
    {"all zero",
     R"({"dtype":"float64","data":[[0.0,0.0],[0.0,0.0]]})",
     R"([[0. 0.]
 [0. 0.]])"},
    {"a ratio of 1000 stays positional",
     R"({"dtype":"float64","data":[1.0,1000.0]})",
     R"([   1. 1000.])"},
    {"a ratio past 1000 is scientific",
     R"({"dtype":"float64","data":[1.0,1001.0]})",
     R"([1.000e+00 1.001e+03])"},
    {"float32 turns scientific at a million",
     R"({"dtype":"float32","data":[1000000.0,500000.0]})",
     R"([1.e+06 5.e+05])"},
    {"float32 below a million",
     R"({"dtype":"float32","data":[999999.0,500000.5]})",
     R"([999999.  500000.5])"},
    {"float64 turns scientific at 1e8",
     R"({"dtype":"float64","data":[100000000.0,50000000.0]})",
     R"([1.e+08 5.e+07])"},
    {"float64 below 1e8",
     R"({"dtype":"float64","data":[99999999.0,50000000.5]})",
     R"([99999999.  50000000.5])"},
    {"float16 turns scientific at 1000",
     R"({"dtype":"float16","data":[1000.0,500.0]})",
     R"([1.e+03 5.e+02])"},
    {"float16 below 1000",
     R"({"dtype":"float16","data":[999.5,500.0]})",
     R"([999.5 500. ])"},
    {"1e-4 is the smallest positional float32",
     R"({"dtype":"float32","data":[0.0001,0.1]})",
     R"([1.e-04 1.e-01])"},
    {"below 1e-4",
     R"({"dtype":"float32","data":[9e-05,0.01]})",
     R"([9.e-05 1.e-02])"},
    {"1e-4 of float16",
     R"({"dtype":"float16","data":[0.0001,0.1]})",
     R"([0.0001 0.1   ])"},
    {"three-digit exponents widen the others",
     R"({"dtype":"float64","data":[1e-100,1.5]})",
     R"([1.0e-100 1.5e+000])"},
    {"the largest float32",
     R"({"dtype":"float32","data":[3.4028235e+38,-1.0]})",
     R"([ 3.4028235e+38 -1.0000000e+00])"},
    {"the least subnormal float32",
     R"({"dtype":"float32","data":[1e-45]})",
     R"([1.e-45])"},
    {"the least subnormal float16",
     R"({"dtype":"float16","data":[6e-08]})",
     R"([6.e-08])"},
    {"the least float64",
     R"({"dtype":"float64","data":[5e-324,1.7976931348623157e+308]})",
     R"([4.94065646e-324 1.79769313e+308])"},
    {"scientific digits are those of the exact value",
     R"({"dtype":"float32","data":[1.2345678e-05,0.3]})",
     R"([1.2345678e-05 3.0000001e-01])"},
    {"nan among numbers",
     R"({"dtype":"float32","data":[1.5,"NaN",-2.0]})",
     R"([ 1.5  nan -2. ])"},
    {"infinities among numbers",
     R"({"dtype":"float32","data":["Infinity","-Infinity",0.5]})",
     R"([ inf -inf  0.5])"},
    {"nan alone",
     R"({"dtype":"float64","data":["NaN"]})",
     R"([nan])"},
    {"minus infinity alone",
     R"({"dtype":"float64","data":["-Infinity"]})",
     R"([-inf])"},
    {"infinity and one digit",
     R"({"dtype":"float64","data":["Infinity",1.0]})",
     R"([inf  1.])"},
    {"nan among scientific numbers",
     R"({"dtype":"float64","data":["NaN",1e-10]})",
     R"([   nan 1.e-10])"},
    {"integers",
     R"({"dtype":"int32","data":[[1,-20],[300,4]]})",
     R"([[  1 -20]
 [300   4]])"},
    {"bytes",
     R"({"dtype":"uint8","data":[0,255,7]})",
     R"([  0 255   7])"},
    {"the limits of int64",
     R"({"dtype":"int64","data":[-9223372036854775808,9223372036854775807]})",
     R"([-9223372036854775808  9223372036854775807])"},
    {"the limit of uint64",
     R"({"dtype":"uint64","data":[18446744073709551615,0]})",
     R"([18446744073709551615                    0])"},
    {"bools",
     R"({"dtype":"bool","data":[[true,false],[false,false]]})",
     R"([[ True False]
 [False False]])"},
    {"three axes leave a blank line",
     R"({"dtype":"float32","data":[[[1.0,2.0],[3.0,4.0]],[[5.0,6.0],[7.0,8.0]]]})",
     R"([[[1. 2.]
  [3. 4.]]

 [[5. 6.]
  [7. 8.]]])"},
    {"four axes leave two",
     R"({"dtype":"float32","data":[[[[1.5]],[[2.0]]],[[[3.0]],[[4.0]]]]})",
     R"([[[[1.5]]

  [[2. ]]]


 [[[3. ]]

  [[4. ]]]])"},
    {"a long row wraps at 75 characters",
     R"(arange:30)",
     R"([ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.
 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.])", DType::Float32},
    {"wrapped rows of a matrix",
     R"(arange:2,25)",
     R"([[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.
  18. 19. 20. 21. 22. 23. 24.]
 [25. 26. 27. 28. 29. 30. 31. 32. 33. 34. 35. 36. 37. 38. 39. 40. 41. 42.
  43. 44. 45. 46. 47. 48. 49.]])", DType::Float32},
    {"wrapped rows three axes down",
     R"(arange:1,2,19)",
     R"([[[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16.
   17. 18.]
  [19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29. 30. 31. 32. 33. 34. 35.
   36. 37.]]])", DType::Float64},
    {"a thousand elements are all shown, one more is not",
     R"(arange:1001)",
     R"([   0.    1.    2. ...  998.  999. 1000.])", DType::Float32},
    {"a summary of a matrix",
     R"(arange:40,30)",
     R"([[0.000e+00 1.000e+00 2.000e+00 ... 2.700e+01 2.800e+01 2.900e+01]
 [3.000e+01 3.100e+01 3.200e+01 ... 5.700e+01 5.800e+01 5.900e+01]
 [6.000e+01 6.100e+01 6.200e+01 ... 8.700e+01 8.800e+01 8.900e+01]
 ...
 [1.110e+03 1.111e+03 1.112e+03 ... 1.137e+03 1.138e+03 1.139e+03]
 [1.140e+03 1.141e+03 1.142e+03 ... 1.167e+03 1.168e+03 1.169e+03]
 [1.170e+03 1.171e+03 1.172e+03 ... 1.197e+03 1.198e+03 1.199e+03]])", DType::Float32},
    {"a summary of four axes",
     R"(arange:2,3,20,10)",
     R"([[[[0.000e+00 1.000e+00 2.000e+00 ... 7.000e+00 8.000e+00 9.000e+00]
   [1.000e+01 1.100e+01 1.200e+01 ... 1.700e+01 1.800e+01 1.900e+01]
   [2.000e+01 2.100e+01 2.200e+01 ... 2.700e+01 2.800e+01 2.900e+01]
   ...
   [1.700e+02 1.710e+02 1.720e+02 ... 1.770e+02 1.780e+02 1.790e+02]
   [1.800e+02 1.810e+02 1.820e+02 ... 1.870e+02 1.880e+02 1.890e+02]
   [1.900e+02 1.910e+02 1.920e+02 ... 1.970e+02 1.980e+02 1.990e+02]]

  [[2.000e+02 2.010e+02 2.020e+02 ... 2.070e+02 2.080e+02 2.090e+02]
   [2.100e+02 2.110e+02 2.120e+02 ... 2.170e+02 2.180e+02 2.190e+02]
   [2.200e+02 2.210e+02 2.220e+02 ... 2.270e+02 2.280e+02 2.290e+02]
   ...
   [3.700e+02 3.710e+02 3.720e+02 ... 3.770e+02 3.780e+02 3.790e+02]
   [3.800e+02 3.810e+02 3.820e+02 ... 3.870e+02 3.880e+02 3.890e+02]
   [3.900e+02 3.910e+02 3.920e+02 ... 3.970e+02 3.980e+02 3.990e+02]]

  [[4.000e+02 4.010e+02 4.020e+02 ... 4.070e+02 4.080e+02 4.090e+02]
   [4.100e+02 4.110e+02 4.120e+02 ... 4.170e+02 4.180e+02 4.190e+02]
   [4.200e+02 4.210e+02 4.220e+02 ... 4.270e+02 4.280e+02 4.290e+02]
   ...
   [5.700e+02 5.710e+02 5.720e+02 ... 5.770e+02 5.780e+02 5.790e+02]
   [5.800e+02 5.810e+02 5.820e+02 ... 5.870e+02 5.880e+02 5.890e+02]
   [5.900e+02 5.910e+02 5.920e+02 ... 5.970e+02 5.980e+02 5.990e+02]]]


 [[[6.000e+02 6.010e+02 6.020e+02 ... 6.070e+02 6.080e+02 6.090e+02]
   [6.100e+02 6.110e+02 6.120e+02 ... 6.170e+02 6.180e+02 6.190e+02]
   [6.200e+02 6.210e+02 6.220e+02 ... 6.270e+02 6.280e+02 6.290e+02]
   ...
   [7.700e+02 7.710e+02 7.720e+02 ... 7.770e+02 7.780e+02 7.790e+02]
   [7.800e+02 7.810e+02 7.820e+02 ... 7.870e+02 7.880e+02 7.890e+02]
   [7.900e+02 7.910e+02 7.920e+02 ... 7.970e+02 7.980e+02 7.990e+02]]

  [[8.000e+02 8.010e+02 8.020e+02 ... 8.070e+02 8.080e+02 8.090e+02]
   [8.100e+02 8.110e+02 8.120e+02 ... 8.170e+02 8.180e+02 8.190e+02]
   [8.200e+02 8.210e+02 8.220e+02 ... 8.270e+02 8.280e+02 8.290e+02]
   ...
   [9.700e+02 9.710e+02 9.720e+02 ... 9.770e+02 9.780e+02 9.790e+02]
   [9.800e+02 9.810e+02 9.820e+02 ... 9.870e+02 9.880e+02 9.890e+02]
   [9.900e+02 9.910e+02 9.920e+02 ... 9.970e+02 9.980e+02 9.990e+02]]

  [[1.000e+03 1.001e+03 1.002e+03 ... 1.007e+03 1.008e+03 1.009e+03]
   [1.010e+03 1.011e+03 1.012e+03 ... 1.017e+03 1.018e+03 1.019e+03]
   [1.020e+03 1.021e+03 1.022e+03 ... 1.027e+03 1.028e+03 1.029e+03]
   ...
   [1.170e+03 1.171e+03 1.172e+03 ... 1.177e+03 1.178e+03 1.179e+03]
   [1.180e+03 1.181e+03 1.182e+03 ... 1.187e+03 1.188e+03 1.189e+03]
   [1.190e+03 1.191e+03 1.192e+03 ... 1.197e+03 1.198e+03 1.199e+03]]]])", DType::Float32},
    {"an axis of six is not cut",
     R"(arange:6,300)",
     R"([[0.000e+00 1.000e+00 2.000e+00 ... 2.970e+02 2.980e+02 2.990e+02]
 [3.000e+02 3.010e+02 3.020e+02 ... 5.970e+02 5.980e+02 5.990e+02]
 [6.000e+02 6.010e+02 6.020e+02 ... 8.970e+02 8.980e+02 8.990e+02]
 [9.000e+02 9.010e+02 9.020e+02 ... 1.197e+03 1.198e+03 1.199e+03]
 [1.200e+03 1.201e+03 1.202e+03 ... 1.497e+03 1.498e+03 1.499e+03]
 [1.500e+03 1.501e+03 1.502e+03 ... 1.797e+03 1.798e+03 1.799e+03]])", DType::Float64},
    {"a lower threshold",
     R"(arange:4,7)",
     R"([[ 0.  1.  2. ...  4.  5.  6.]
 [ 7.  8.  9. ... 11. 12. 13.]
 [14. 15. 16. ... 18. 19. 20.]
 [21. 22. 23. ... 25. 26. 27.]])", DType::Float32, {.threshold = 27}},
    {"three digits asked for",
     R"({"dtype":"float64","data":[0.3333333333333333,2.5,0.001]})",
     R"([3.333e-01 2.500e+00 1.000e-03])", {}, {.precision = 3}},
    {"no digits asked for",
     R"({"dtype":"float64","data":[0.5,1.5,2.5]})",
     R"([0. 2. 2.])", {}, {.precision = 0}},
    {"scientific with three digits",
     R"({"dtype":"float64","data":[1.23456e-07,1.0]})",
     R"([1.235e-07 1.000e+00])", {}, {.precision = 3}},
};
// clang-format on

TEST_CASE("to_text: prints as NumPy does") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto tensor = read_tensor(row.tensor);
    REQUIRE(tensor);
    const auto dense = converted(*tensor, row.dtype.value_or(tensor->dtype));
    REQUIRE(dense);
    CHECK(to_text(*dense, row.options) == row.printed + '\n');
  }
}

// NumPy has no bfloat16 to compare with: digits of its own, columns as for float32.
TEST_CASE("to_text: bfloat16 has the digits that tell its values apart") {
  const auto tensor = read_tensor(R"({"dtype": "bfloat16", "data": [0.1, 3.140625, 100]})");
  REQUIRE(tensor);
  CHECK(to_text(*tensor) == "[  0.1    3.14 100.  ]\n");
}

}  // namespace
}  // namespace tconv::io
