/* SPDX-License-Identifier: MIT */
/* Products of matrices of 24 x 24 integers of 16 bits, and their determinant modulo a prime. */
#include "mix.h"

#define N     24
#define PRIME 65521

static int16_t a[N][N], b[N][N];
static int32_t product[N][N];
static uint32_t reduced[N][N];

static void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;

            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum;
        }
}

static uint32_t power(uint32_t base, uint32_t exponent)
{
    uint32_t result = 1;

    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2)
            result = (uint32_t)((uint64_t)result * base % PRIME);
        base = (uint32_t)((uint64_t)base * base % PRIME);
    }
    return result;
}

static void swap_rows(int i, int j)
{
    for (int k = 0; k < N; k++) {
        uint32_t old = reduced[i][k];

        reduced[i][k] = reduced[j][k];
        reduced[j][k] = old;
    }
}

static uint32_t determinant(void)
{
    uint32_t result = 1;

    for (int i = 0; i < N; i++) {
        uint32_t inverse;
        int row = i;

        while (row < N && reduced[row][i] == 0)
            row++;
        if (row == N)
            return 0;
        if (row != i) {
            swap_rows(i, row);
            result = PRIME - result;
        }
        result = (uint32_t)((uint64_t)result * reduced[i][i] % PRIME);
        inverse = power(reduced[i][i], PRIME - 2);
        for (int j = i + 1; j < N; j++) {
            uint32_t factor = (uint32_t)((uint64_t)(PRIME - reduced[j][i]) * inverse % PRIME);

            for (int k = i; k < N; k++)
                reduced[j][k] =
                    (uint32_t)((reduced[j][k] + (uint64_t)factor * reduced[i][k]) % PRIME);
        }
    }
    return result;
}

static uint32_t work(uint32_t seed)
{
    uint32_t sum = 0;

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (int16_t)(next_random(&seed) % 2000 - 1000);
            b[i][j] = (int16_t)(next_random(&seed) % 2000 - 1000);
        }
    multiply();
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            sum = mix(sum, (uint32_t)product[i][j]);
            reduced[i][j] = (uint32_t)product[i][j] % PRIME;
        }
    return mix(sum, determinant());
}
