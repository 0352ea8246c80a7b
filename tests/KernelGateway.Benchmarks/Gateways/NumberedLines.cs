using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>The output of <c>seq</c>: numbers of the same length, one a line.</summary>
/// <param name="First">The first number.</param>
/// <param name="Count">How many.</param>
internal sealed record NumberedLines(long First, int Count)
{
    /// <summary>Gets the program and its arguments.</summary>
    public string[] Command =>
        ["seq", First.ToString(CultureInfo.InvariantCulture), (First + Count - 1).ToString(CultureInfo.InvariantCulture)];

    /// <summary>Gets the length of the output.</summary>
    public long Bytes => (long)(First.ToString(CultureInfo.InvariantCulture).Length + 1) * Count;

    /// <summary>Computes the SHA-256 of the output.</summary>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var used = 0;
        for (var number = First; number < First + Count; number++)
        {
            if (buffer.Length - used < 24)
            {
                hash.AppendData(buffer, 0, used);
                used = 0;
            }

            Utf8Formatter.TryFormat(number, buffer.AsSpan(used), out var length);
            buffer[used + length] = (byte)'\n';
            used += length + 1;
        }

        hash.AppendData(buffer, 0, used);
        return hash.GetHashAndReset();
    }
}
