using System.Globalization;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes;

/// <summary>The values of <c>--ready</c>.</summary>
internal static class ReadySandboxes
{
    private const int MaxCount = 10_000;

    /// <summary>Reads the values.</summary>
    /// <exception cref="SettingsException">One is malformed, or a template is named twice.</exception>
    public static IReadOnlyDictionary<string, int> Parse(IEnumerable<string> values)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            if (value.Split('=') is not [{ Length: > 0 } template, var text]
                || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                || count > MaxCount)
            {
                throw new SettingsException(
                    $"--ready: '{value}' is not of the form TEMPLATE=COUNT with a count up to {MaxCount}.");
            }

            if (!counts.TryAdd(template, count)) throw new SettingsException($"--ready: '{template}' is there twice.");
        }

        return counts;
    }

    /// <summary>Refuses names of templates that do not exist.</summary>
    /// <exception cref="SettingsException">There is one.</exception>
    public static void Check(IReadOnlyDictionary<string, int> counts, TemplateCatalog templates)
    {
        try
        {
            if (counts.Keys.FirstOrDefault(name => templates.Find(name) is null) is { } unknown)
            {
                var known = string.Join(", ", templates.List().Select(template => template.Id));
                throw new SettingsException($"--ready: there is no template '{unknown}'; there are {known}.");
            }
        }
        catch (TemplateException exception)
        {
            throw new SettingsException($"--ready: {exception.Message}");
        }
    }
}
