using FluentAssertions;
using KernelGateway.Launching;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public class KernelExitTests
{
    [Test]
    public void An_exit_code_is_described_by_its_number() => new KernelExit(1, null).ToString().Should().Be("exit code 1");

    [TestCase(9, "signal 9 (SIGKILL)")]
    [TestCase(15, "signal 15 (SIGTERM)")]
    [TestCase(11, "signal 11 (SIGSEGV)")]
    [TestCase(34, "signal 34")]
    public void A_signal_is_described_by_number_and_name(int signal, string description) =>
        new KernelExit(null, signal).ToString().Should().Be(description);

    [TestCase(null, "signal 9 (SIGKILL), because there was no memory left")]
    [TestCase(314572800, "signal 9 (SIGKILL), because it needed more memory than its limit of 300 MiB")]
    public void A_kill_for_memory_is_described_with_the_limit(long? limit, string description) =>
        new KernelExit(null, 9) { IsOutOfMemory = true, ExceededMemoryLimit = limit }.ToString().Should().Be(description);

    [Test]
    public void An_unknown_exit_status_is_described_as_unknown() => KernelExit.Unknown.ToString().Should().Be("exit status unknown");
}
