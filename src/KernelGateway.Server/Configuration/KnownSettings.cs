using System.Collections;

namespace KernelGateway.Server.Configuration;

/// <summary>
/// The names of all settings, read from the options that they set. Unknown names are refused with the most similar known one;
/// values that the binder would misread are refused too.
/// </summary>
internal sealed class KnownSettings
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _groups = new(StringComparer.OrdinalIgnoreCase) { "" };

    /// <summary>Adds the settings of a type of options.</summary>
    /// <param name="group">Their group; empty for those of the root.</param>
    /// <param name="options">The type.</param>
    public void Add(string group, Type options)
    {
        _groups.Add(group);
        foreach (var property in options.GetProperties())
        {
            // A callback cannot be written into a file.
            if (property.PropertyType.IsSubclassOf(typeof(Delegate))) continue;
            var name = Join(group, property.Name);
            if (IsGroup(property.PropertyType)) Add(name, property.PropertyType);
            else _types[name] = property.PropertyType;
        }
    }

    /// <summary>Goes through all settings of a section.</summary>
    /// <exception cref="SettingsException">One of them is unknown, or is a group and was given a value, or the other way round.</exception>
    public void Check(IConfigurationSection section) => Check(section, "");

    private void Check(IConfigurationSection section, string group)
    {
        foreach (var child in section.GetChildren())
        {
            var name = Join(group, child.Key);
            if (_groups.Contains(name))
            {
                if (!string.IsNullOrEmpty(child.Value)) throw new SettingsException($"'{child.Path}' is a group of settings and has no value: {Below(name)}.");
                Check(child, name);
            }
            else if (!_types.TryGetValue(name, out var type))
            {
                throw new SettingsException($"There is no setting '{child.Path}'. {Suggestion(section, name, group)}");
            }
            else if (!IsCollection(type) && child.GetChildren().Any())
            {
                throw new SettingsException($"'{child.Path}' is one setting; there is nothing below it.");
            }
            else if (child.Value is { } value)
            {
                CheckValue(child.Path, value, Nullable.GetUnderlyingType(type) ?? type);
            }
        }
    }

    // The binder reads 'none,token' as a set of flags, '1' as a member of an enumeration, and '5' as five days.
    private static void CheckValue(string path, string value, Type type)
    {
        if (type.IsEnum && !Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            throw new SettingsException($"'{path}' is '{value}'; it can be {string.Join(" or ", Enum.GetNames(type))}.");
        }

        if (type == typeof(TimeSpan) && value != "0" && !value.Contains(':', StringComparison.Ordinal))
        {
            throw new SettingsException($"'{path}' is '{value}'; a duration is written as hh:mm:ss, such as 00:00:30.");
        }
    }

    private string Suggestion(IConfigurationSection section, string name, string group)
    {
        var leaf = Leaf(name);
        var nearest = _types.Keys.Concat(_groups.Where(known => known.Length > 0))
            .Select(known => (Known: known, Distance: EditDistance.Between(leaf, Leaf(known)), Elsewhere: GroupOf(known) != group))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Elsewhere).ThenBy(candidate => candidate.Known, StringComparer.Ordinal)
            .First();
        return nearest.Distance <= Math.Max(1, leaf.Length / 3)
            ? $"Is '{Join(RootOf(section, group), nearest.Known)}' meant?"
            : $"Known below '{section.Path}' are {Below(group)}.";
    }

    private string Below(string group) =>
        string.Join(", ", _types.Keys.Concat(_groups).Where(known => known.Length > 0 && GroupOf(known).Equals(group, StringComparison.OrdinalIgnoreCase))
            .Select(Leaf).Order(StringComparer.Ordinal));

    private static string RootOf(IConfigurationSection section, string group) =>
        group.Length == 0 ? section.Path : section.Path[..^(group.Length + 1)];

    private static string Join(string group, string name) => group.Length == 0 ? name : $"{group}:{name}";

    private static string GroupOf(string name) => name.LastIndexOf(':') is var at && at < 0 ? "" : name[..at];

    private static string Leaf(string name) => name[(name.LastIndexOf(':') + 1)..];

    private static bool IsCollection(Type type) => type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type);

    private static bool IsGroup(Type type) => type.IsClass && type != typeof(string) && !IsCollection(type);
}
