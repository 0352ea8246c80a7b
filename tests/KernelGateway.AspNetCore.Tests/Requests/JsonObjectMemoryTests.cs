using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Memory;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Requests;

/// <summary>Measures the memory of the whole process, and therefore does not run in parallel.</summary>
[NonParallelizable]
public sealed class JsonObjectMemoryTests
{
    [TestCase("1", 2)]
    [TestCase("{}", 3)]
    [TestCase("[]", 3)]
    [TestCase("\"xxxxxxxx\"", 11)]
    [TestCase("{\"a\":1}", 8)]
    public void Kept_parts_are_counted_with_overhead(string item, int itemBytes)
    {
        const int Items = 40_000;
        var bytes = Encoding.ASCII.GetBytes($$"""{"notebook": [{{string.Join(',', Enumerable.Repeat(item, Items))}}]}""");
        bytes.Length.Should().BeGreaterThan(Items * itemBytes);

        // Servers of earlier tests may still allocate and free memory. The median of five measurements is not affected by that.
        var (real, counted) = Enumerable.Range(0, 5).Select(_ => Measure(bytes)).OrderBy(measured => measured.Real).ElementAt(2);

        TestContext.Out.WriteLine($"{item}: {real / Items} bytes each, counted as {counted / Items}");
        counted.Should().BeGreaterThan(real * 9 / 10);
        counted.Should().BeLessThan(real * 4);
    }

    private static (long Real, long Counted) Measure(byte[] bytes)
    {
        var account = new MemoryAccount(1L << 40);
        using var memory = new BodyMemory(account);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var body = JsonObjectReaderTests.Read(bytes, 64 << 10, memory);
        var real = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(body);
        return (real, account.UsedBytes);
    }
}
