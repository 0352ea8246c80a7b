using FluentAssertions;
using KernelGateway.Processes.Limits;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Limits;

public sealed class ProcessLimitsTests
{
    [TestCase("16777216", 16777216)]
    [TestCase("512M", 512L << 20)]
    [TestCase("512m", 512L << 20)]
    [TestCase("2G", 2L << 30)]
    [TestCase("100K", 102400)]
    [TestCase("1T", 1L << 40)]
    [TestCase("0", 0)]
    [TestCase("-1M", -1048576)]
    [TestCase("8388607T", 8388607L << 40)]
    public void Size_is_read(string text, long bytes) => ProcessLimits.ParseBytes(text).Should().Be(bytes);

    [TestCase("")]
    [TestCase("M")]
    [TestCase("512MB")]
    [TestCase("1.5G")]
    [TestCase("12Q")]
    [TestCase("0x10")]
    [TestCase(" 512M")]
    [TestCase("8388608T")]
    [TestCase("99999999999999999999")]
    [TestCase("-9223372036854775808K")]
    public void Text_that_is_no_size_is_not_read(string text) => ProcessLimits.ParseBytes(text).Should().BeNull();

    [TestCase(314572800, "300 MiB")]
    [TestCase(2147483648, "2 GiB")]
    [TestCase(1572864, "1572864 bytes")]
    [TestCase(100, "100 bytes")]
    public void Size_is_written_with_the_largest_unit_that_divides_it(long bytes, string text) => ProcessLimits.Format(bytes).Should().Be(text);

    [Test]
    public void Limits_that_nothing_can_run_under_are_problems()
    {
        ProcessLimits.FindMemoryProblem(0).Should().Be("is less than 16 MiB, the smallest limit");
        ProcessLimits.FindMemoryProblem(-1).Should().NotBeNull();
        ProcessLimits.FindMemoryProblem(16 << 20).Should().BeNull();
        ProcessLimits.FindMemoryProblem(null).Should().BeNull();
        ProcessLimits.FindProcessProblem(0).Should().Be("is less than 1");
        ProcessLimits.FindProcessProblem(1).Should().BeNull();
        ProcessLimits.FindProcessProblem(null).Should().BeNull();
    }

    [Test]
    public void Hard_limit_is_the_second_number_of_its_line()
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units     ",
            "Max processes             100                  31403                processes ",
            "Max address space         unlimited            unlimited            bytes     ",
        ];

        ResourceLimit.ReadHardLimit(limits, ResourceLimit.ProcessesLabel).Should().Be(31403);
        ResourceLimit.ReadHardLimit(limits, ResourceLimit.MemoryLabel).Should().BeNull("it is unlimited");
        ResourceLimit.ReadHardLimit([], ResourceLimit.MemoryLabel).Should().BeNull();
    }
}
