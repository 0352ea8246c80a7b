using FluentAssertions;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.Tests;

/// <summary>Launch options that cannot work are refused before anything is started.</summary>
public sealed class KernelGatewayOptionsValidatorTests
{
    private readonly KernelGatewayOptions _options = new();

    [TestCase("-00:00:01", "KillTimeout: -00:00:01 is negative and not infinite.")]
    [TestCase("50.00:00:00", "KillTimeout: 50.00:00:00 is more than 49 days.")]
    public async Task Time_that_a_killed_process_cannot_be_waited_for_is_refused(string time, string failure)
    {
        _options.Launching.KillTimeout = TimeSpan.Parse(time);

        (await FluentActions.Awaiting(() => Gateway.StartAsync(_options)).Should().ThrowAsync<OptionsValidationException>())
            .Which.Failures.Should().Equal($"Launching.{failure}");
    }

    [TestCase("-00:00:01", "RegistrationTimeout: -00:00:01 is negative and not infinite.")]
    [TestCase("50.00:00:00", "RegistrationTimeout: 50.00:00:00 is more than 49 days.")]
    public void Time_that_a_registration_cannot_be_waited_for_is_refused(string time, string failure)
    {
        _options.Launching.RegistrationTimeout = TimeSpan.Parse(time);

        Validate().Should().Equal($"Launching.{failure}");
    }

    [Test]
    public void Times_of_launching_can_be_infinite()
    {
        _options.Launching.KillTimeout = Timeout.InfiniteTimeSpan;
        _options.Launching.RegistrationTimeout = Timeout.InfiniteTimeSpan;

        Validate().Should().BeEmpty();
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void Limit_of_open_files_under_which_nothing_can_be_opened_is_refused(int limit)
    {
        _options.Launching.OpenFilesLimit = limit;

        Validate().Should().Equal($"Launching.OpenFilesLimit: {limit} is less than 1.");
    }

    [Test]
    public void Limits_under_which_nothing_can_run_are_refused()
    {
        _options.Launching.MemoryLimit = (16 << 20) - 1;
        _options.Launching.ProcessLimit = 0;

        Validate().Should().Equal(
            "Launching.MemoryLimit: 16777215 is less than 16 MiB, the smallest limit.", "Launching.ProcessLimit: 0 is less than 1.");
    }

    [Test]
    public void Unix_sockets_for_kernels_of_another_user_are_refused()
    {
        _options.Launching.KernelUser = "games";
        _options.Launching.IpcKernels.Add("python3");

        Validate().Should().Contain(failure => failure.StartsWith("Launching.IpcKernels: kernels of another user", StringComparison.Ordinal));
    }

    private IEnumerable<string> Validate() => new KernelGatewayOptionsValidator().Validate(null, _options).Failures ?? [];
}
