namespace KernelGateway.Tests.Guarding;

/// <summary>A clock that throws when the test requests it. Its date can be set without a change of its timestamps.</summary>
internal sealed class FaultyClock(TimeProvider inner) : TimeProvider
{
    /// <summary>Gets or sets whether every call throws.</summary>
    public bool Throws { get; set; }

    /// <summary>Gets or sets the offset that is added to the date.</summary>
    public TimeSpan Step { get; set; }

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => Checked().GetUtcNow() + Step;

    public override long GetTimestamp() => Checked().GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        Checked().CreateTimer(callback, state, dueTime, period);

    private TimeProvider Checked() => Throws ? throw new InvalidOperationException("The clock is broken.") : inner;
}
