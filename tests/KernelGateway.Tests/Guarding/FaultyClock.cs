namespace KernelGateway.Tests.Guarding;

/// <summary>A clock that throws when the test wants it to, and whose date can be set while its timestamps go on.</summary>
internal sealed class FaultyClock(TimeProvider inner) : TimeProvider
{
    /// <summary>Gets or sets a value indicating whether every call throws.</summary>
    public bool Throws { get; set; }

    /// <summary>Gets or sets how far the date has been moved.</summary>
    public TimeSpan Step { get; set; }

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => Checked().GetUtcNow() + Step;

    public override long GetTimestamp() => Checked().GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        Checked().CreateTimer(callback, state, dueTime, period);

    private TimeProvider Checked() => Throws ? throw new InvalidOperationException("The clock is broken.") : inner;
}
