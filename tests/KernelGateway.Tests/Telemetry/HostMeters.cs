using System.Diagnostics.Metrics;

namespace KernelGateway.Tests.Telemetry;

/// <summary>The meter factory of a host. As with the runtime's factory, a meter lives until the factory is disposed.</summary>
internal sealed class HostMeters : IMeterFactory
{
    private readonly List<HostMeter> _meters = [];

    public IReadOnlyList<Meter> All => _meters;

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new HostMeter(options);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>Returns whether an instrument belongs to a meter of this factory.</summary>
    public bool Has(Instrument instrument) => ReferenceEquals(instrument.Meter.Scope, this);

    public void Dispose()
    {
        foreach (var meter in _meters) meter.Release();
    }

    // Only the factory disposes its meters.
    private sealed class HostMeter(MeterOptions options) : Meter(options)
    {
        private bool _isReleased;

        public void Release()
        {
            _isReleased = true;
            Dispose(disposing: true);
        }

        protected override void Dispose(bool disposing)
        {
            if (_isReleased) base.Dispose(disposing);
        }
    }
}
