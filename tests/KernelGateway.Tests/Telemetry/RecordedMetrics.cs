using System.Diagnostics.Metrics;

namespace KernelGateway.Tests.Telemetry;

/// <summary>Records the measurements of one meter, and of no other meter with the same name.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<Measured> _all = [];

    public RecordedMetrics(Meter meter, Action<Measured>? measured = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags, measured));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags, measured));
        _listener.Start();
    }

    /// <summary>Returns the measurements of an instrument, in order.</summary>
    public IReadOnlyList<Measured> Of(string name)
    {
        lock (_gate) return [.. _all.Where(one => one.Name == name)];
    }

    /// <summary>Collects the observable instruments and returns the values of one of them, keyed by an attribute.</summary>
    public IReadOnlyDictionary<string, double> Collect(string name, string attribute = "")
    {
        lock (_gate) _all.RemoveAll(one => one.Name == name);
        _listener.RecordObservableInstruments();
        return Of(name).ToDictionary(one => one.Tags.GetValueOrDefault(attribute) ?? "", one => one.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, Action<Measured>? measured)
    {
        var one = new Measured(instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString()));
        lock (_gate) _all.Add(one);
        measured?.Invoke(one);
    }

    internal sealed record Measured(string Name, double Value, IReadOnlyDictionary<string, string?> Tags);
}
