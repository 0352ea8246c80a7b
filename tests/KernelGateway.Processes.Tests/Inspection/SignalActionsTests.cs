using FluentAssertions;
using KernelGateway.Processes.Inspection;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Inspection;

public sealed class SignalActionsTests
{
    private static readonly string[] Status =
    [
        "Name:\tbash", "SigBlk:\t0000000000010000", "SigIgn:\t0000000000384004", "SigCgt:\t000000004b813efb", "CapInh:\t0000000000000000",
    ];

    [TestCase(3, SignalAction.Ignored)]
    [TestCase(20, SignalAction.Ignored)]
    [TestCase(2, SignalAction.Handled)]
    [TestCase(31, SignalAction.Handled)]
    [TestCase(19, SignalAction.Default)]
    [TestCase(64, SignalAction.Default)]
    public void Action_is_read_out_of_the_sets(int signal, object action) => SignalActions.Parse(Status, signal).Should().Be((SignalAction)action);

    [Test]
    [Platform("Linux")]
    public void Process_that_does_not_exist_has_none()
    {
        SignalActions.Read(int.MaxValue, 1).Should().BeNull();
        SignalActions.Read(Environment.ProcessId, 19).Should().Be(SignalAction.Default);
    }
}
