// Lists and reads the views of a report through JDBC; see check.py.

import java.sql.*;
import java.time.OffsetDateTime;
import java.util.*;

public class Jdbc
{
	static String typeName(int type)
	{
		switch (type)
		{
			case Types.VARCHAR: return "text";
			case Types.INTEGER: return "integer";
			case Types.BIGINT: return "bigint";
			case Types.DOUBLE: return "double";
			case Types.BIT: case Types.BOOLEAN: return "boolean";
			case Types.DATE: return "date";
			case Types.TIMESTAMP: case Types.TIMESTAMP_WITH_TIMEZONE:
				return "timestamp";
			default: return "type " + type;
		}
	}

	static void filter(Connection c, String name, String where, Object value)
		throws SQLException
	{
		try (PreparedStatement s = c.prepareStatement(
			"SELECT reached FROM reports.shop_stages WHERE " + where))
		{
			s.setObject(1, value);
			long rows = 0, reached = 0;
			for (ResultSet r = s.executeQuery(); r.next(); rows++)
				reached += r.getLong(1);
			System.out.printf("{\"filter\": \"%s\", \"rows\": %d, "
							  + "\"reached\": %d}%n", name, rows, reached);
		}
	}

	public static void main(String[] args) throws Exception
	{
		Map<String, String> env = System.getenv();
		try (Connection c = DriverManager.getConnection(
			"jdbc:postgresql://127.0.0.1:" + env.get("PGPORT") + "/"
			+ env.get("PGDATABASE"), env.get("PGUSER"), ""))
		{
			DatabaseMetaData meta = c.getMetaData();
			List<String> views = new ArrayList<>();
			for (ResultSet r = meta.getTables(null, "reports", "%",
											  new String[] {"VIEW"}); r.next();)
			{
				views.add(r.getString("TABLE_NAME"));
				if (r.getString("REMARKS") == null)
					throw new Exception("no comment on " + views);
			}
			for (String view : views)
			{
				StringJoiner types = new StringJoiner(", ");
				for (ResultSet r = meta.getColumns(null, "reports", view, "%");
					 r.next();)
				{
					types.add("\"" + r.getString("COLUMN_NAME") + "\": \""
							  + typeName(r.getInt("DATA_TYPE")) + "\"");
					if (r.getString("REMARKS") == null)
						throw new Exception("no comment on a column of " + view);
				}
				long rows = 0;
				try (Statement s = c.createStatement();
					 ResultSet r = s.executeQuery("SELECT * FROM reports."
												  + view))
				{
					int n = r.getMetaData().getColumnCount();
					for (; r.next(); rows++)
						for (int i = 1; i <= n; i++)
							r.getObject(i);
				}
				System.out.printf("{\"view\": \"%s\", \"types\": {%s}, "
								  + "\"rows\": %d}%n", view, types, rows);
			}
			filter(c, "stage", "stage = ?", "cart");
			filter(c, "period", "period_start = ?",
				   OffsetDateTime.parse("2026-03-03T00:00:00Z"));
			filter(c, "segment", "segment = ?", "Gr\u00fc\u00dfe 1");
		}
	}
}
